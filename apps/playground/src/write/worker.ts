import * as Comlink from 'comlink';
import { WriteSession } from './session.ts';

Comlink.expose(new WriteSession());
