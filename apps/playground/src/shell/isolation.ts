import { keepText, keptText } from '../storage/kept-text.ts';

const TRIED = 'isolation-tried';
const WAIT_MS = 4000;
const LATER_MS = 3000; // when the room has opened: every file is fetched for use offline

/**
 * Registers the service worker, which makes the site work offline. On a host that does not isolate the page it does that
 * too, from the second load on: then the page is loaded again, once.
 *
 * @returns whether the page is about to be loaded again
 */
export async function isolate(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false;
  if (!crossOriginIsolated && (await takesControl())) {
    location.reload();
    return true;
  }
  setTimeout(() => void keepFiles(), LATER_MS);
  return false;
}

/** Waits for the service worker to control the page. @returns whether it does; false if this tab has waited before */
async function takesControl(): Promise<boolean> {
  if (keptText('sessionStorage', TRIED) || !keepText('sessionStorage', TRIED, 'yes')) return false;
  const registered = register();
  if (navigator.serviceWorker.controller) return true;
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true });
    void registered.then((registration) => registration ?? resolve(false));
    setTimeout(() => resolve(false), WAIT_MS);
  });
}

/** Asks the service worker, whatever the message says, to fetch every file. */
async function keepFiles(): Promise<void> {
  if (await register()) (await navigator.serviceWorker.ready).active?.postMessage(undefined);
}

const register = () => navigator.serviceWorker.register('service-worker.js').catch(() => undefined);
