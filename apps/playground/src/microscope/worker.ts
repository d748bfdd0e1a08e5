import * as Comlink from 'comlink';
import { MicroscopeSession } from './session.ts';

Comlink.expose(new MicroscopeSession());
