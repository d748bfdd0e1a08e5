import { render } from 'preact';
import { App, loadRoom } from './shell/app.tsx';
import { COMPUTE_SETTINGS, computeOf } from './shell/compute.ts';
import { isolate } from './shell/isolation.ts';
import { beginWorker } from './shell/room-worker.ts';
import { followHash, route } from './shell/route.ts';
import { readSettings } from './shell/settings.ts';
import { beginFetches } from './shell/shipped.ts';
import { followTheme } from './shell/theme.ts';
import './page.css';

const { room, params } = route.peek();
beginWorker(room, computeOf(readSettings(COMPUTE_SETTINGS, params)));
beginFetches(room);
loadRoom(room).catch(() => undefined); // all are ready sooner than if the page were drawn first, which says what failed
followTheme();
followHash();
const root = document.querySelector('#app');
if (root && !(await isolate())) render(<App />, root);
