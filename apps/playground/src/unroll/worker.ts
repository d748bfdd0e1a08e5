import * as Comlink from 'comlink';
import { UnrollSession } from './session.ts';

Comlink.expose(new UnrollSession());
