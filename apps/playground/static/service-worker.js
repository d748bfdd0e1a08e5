/**
 * Keeps every file of the site for use offline, and adds the two headers that isolate the page, without which browsers
 * share no memory between threads. The build writes VERSION and FILES above.
 */
self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => event.waitUntil(keepFiles())); // the page has opened its room

/** The first visit waits for nothing but the headers. A new version comes as a whole: it takes over with all its files. */
async function install() {
  if ((await caches.keys()).length > 0) await keepFiles();
  await self.skipWaiting();
}

/** Fetches all files of this version, if they are not kept yet, and drops those of others. */
async function keepFiles() {
  const names = await caches.keys();
  const cache = await caches.open(VERSION);
  const kept = await cache.keys();
  if (kept.length < FILES.length) await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })));
  await Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(VERSION);
  const found = await cache.match(request, { ignoreSearch: true });
  const response = found ?? (await fetch(request));
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
