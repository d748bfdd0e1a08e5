import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '@unroll/rnn-core';
import { type Context, type JsonObject, systemCode } from '@unroll/run';
import type { WatchConfig } from '../config.ts';
import { groupsOf } from '../report/group.ts';
import type { PageData } from '../report/page/page-data.ts';
import { reportPage } from '../report/report-page.ts';
import { summariesOf } from '../running/comparison.ts';

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
      void this.#answer(request.url ?? '/', request.headers.host ?? '', response);
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

  async #answer(url: string, host: string, response: ServerResponse): Promise<void> {
    // A page of another site, its name pointed at this machine, must not read what stands here.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) response.writeHead(403, HEADERS).end();
    else if (url === '/')
      response
        .writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' })
        .end(reportPage(this.#data()));
    else if (url === '/data.json')
      response.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(this.#data()));
    else response.writeHead(404, HEADERS).end();
  }

  #data(): PageData {
    const runs = summariesOf(this.#folders);
    return { runs, groups: groupsOf(runs), command: this.#command, isLive: true };
  }
}

/** `watch`: until Ctrl-C. */
export async function watchComparison(
  { folders, port }: WatchConfig,
  { out, command }: Context,
): Promise<JsonObject> {
  summariesOf(folders); // what is not a comparison is told now
  await using server = new WatchServer(folders, command);
  const url = await server.listen(port);
  out.write(`Live at ${url} until Ctrl-C.\n`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
  return { url };
}
