import * as Comlink from 'comlink';
import { TranslateSession } from './session.ts';

Comlink.expose(new TranslateSession());
