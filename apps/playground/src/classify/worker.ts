import * as Comlink from 'comlink';
import { ClassifySession } from './session.ts';

Comlink.expose(new ClassifySession());
