import { render } from 'preact';
import { App } from './shell/app.tsx';
import { isolate } from './shell/isolation.ts';
import { followHash } from './shell/route.ts';
import { followTheme } from './shell/theme.ts';
import './page.css';

followTheme();
followHash();
const root = document.querySelector('#app');
if (root && !(await isolate())) render(<App />, root);
