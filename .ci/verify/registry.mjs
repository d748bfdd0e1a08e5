import { createServer } from 'node:http';

const bodyOf = async (request) => JSON.parse(Buffer.concat(await request.toArray()).toString('utf8'));

/**
 * A registry on loopback, as `npm publish` and `npm install` speak to one: what is published is kept in memory, everything
 * else is the upstream registry's, where it is redirected to.
 *
 * @param upstream address of the registry that has all other packages
 */
export async function openRegistry(upstream) {
  const manifests = new Map();
  const tarballs = new Map();
  const answer = async (request, response) => {
    const path = decodeURIComponent(request.url.slice(1));
    if (request.method === 'PUT') {
      const { _attachments: attachments, ...manifest } = await bodyOf(request);
      for (const [file, { data }] of Object.entries(attachments))
        tarballs.set(`${manifest.name}/-/${file}`, Buffer.from(data, 'base64'));
      manifests.set(manifest.name, manifest);
      return response.writeHead(201).end('{}');
    }
    if (manifests.has(path)) return response.end(JSON.stringify(manifests.get(path)));
    if (tarballs.has(path)) return response.end(tarballs.get(path));
    return response.writeHead(302, { location: new URL(request.url, upstream).href }).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
