import { render } from 'preact';
import { App, loadRoom } from './shell/app.tsx';
import { isolate } from './shell/isolation.ts';
import { beginWorker } from './shell/room-worker.ts';
import { followHash, route } from './shell/route.ts';
import { beginFetches } from './shell/shipped.ts';
import { followTheme } from './shell/theme.ts';
import './page.css';

const { room } = route.peek();
beginWorker(room);
beginFetches(room);
void loadRoom(room); // all are ready sooner than if the page were drawn first
followTheme();
followHash();
const root = document.querySelector('#app');
if (root && !(await isolate())) render(<App />, root);
