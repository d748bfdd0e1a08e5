import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '@unroll/rnn-core';
import { systemCode } from '@unroll/run';
import { groupRuns } from '../report/group.ts';
import type { PageData } from '../report/page/page-data.ts';
import { reportPage } from '../report/report-page.ts';
import { summariesOf } from './comparison.ts';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Serves the live report of folders to this machine alone. */
export class WatchServer implements AsyncDisposable {
  readonly #server;
  readonly #folders: readonly string[];
  readonly #command: string;

  constructor(folders: readonly string[], command: string) {
    this.#folders = folders;
    this.#command = command;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        // A folder that has gone, a damaged run.json: what is served next may be whole again.
        const message = error instanceof Error ? error.message : String(error);
        response
          .writeHead(500, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' })
          .end(`cannot show the runs: ${message}\n`);
      });
    });
  }

  /**
   * @returns where it can be seen
   * @throws ConfigError when the port is taken
   */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(
          systemCode(error) === 'EADDRINUSE'
            ? new ConfigError(`--port must be free, got ${port}, which another program uses; 0 takes any`)
            : error,
        ),
      );
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    { method = 'GET', url = '/', headers: { host = '' } }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(text);
    };
    // A page of another site, its name pointed at this machine, must not read what stands here.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) answer(403, 'text/plain', 'only for this machine\n');
    else if (method !== 'GET' && method !== 'HEAD')
      response.writeHead(405, { ...HEADERS, allow: 'GET, HEAD' }).end('only GET and HEAD\n');
    else if (url === '/') answer(200, 'text/html', reportPage(await this.#data()));
    else if (url === '/data.json') answer(200, 'application/json', JSON.stringify(await this.#data()));
    else answer(404, 'text/plain', 'there is / and /data.json\n');
  }

  async #data(): Promise<PageData> {
    const runs = summariesOf(this.#folders);
    return { runs, groups: await groupRuns(runs), command: this.#command, isLive: true };
  }
}
