export interface ServedSite {
  readonly address: string;
  close(): void;
}
export interface ServeOptions {
  readonly port?: number;
  readonly isolated?: boolean;
}
/** Serves the built site on this machine alone; `isolated` sends the headers that its service worker would add. */
export function serve(options?: ServeOptions): Promise<ServedSite>;
