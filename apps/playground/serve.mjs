/**
 * Serves the built site on this machine alone, and opens it.
 *
 *     node serve.mjs [--no-open] [--port 4173]
 */
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const DIST = fileURLToPath(new URL('dist', import.meta.url));
const PORT = 4173;
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Serves `dist`; on any free port where the one that is asked for is taken. */
export async function serve({ port = 0, isolated = true } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = join(DIST, path.endsWith('/') ? `${path}index.html` : path);
    if (!file.startsWith(DIST) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'no-cache',
      ...(isolated && ISOLATED),
    });
    return createReadStream(file).pipe(response);
  });
  const listen = (wanted) =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => resolve(server.off('error', reject)));
    });
  await listen(port).catch(() => listen(0));
  return { address: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

function openInBrowser(address) {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', '""'] }[process.platform] ?? [
    'xdg-open',
  ];
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => {}); // the address is printed
  child.unref();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { 'no-open': { type: 'boolean', default: false }, port: { type: 'string', default: String(PORT) } };
  const { values } = parseArgs({ options });
  if (!existsSync(join(DIST, 'index.html'))) {
    process.stderr.write('dist: must hold the built site, got nothing; run `npm run build -w apps/playground`\n');
    process.exit(1);
  }
  const { address } = await serve({ port: Number(values.port) });
  process.stdout.write(`The playground is at ${address} (Ctrl-C ends it)\n`);
  if (!values['no-open']) openInBrowser(address);
}
