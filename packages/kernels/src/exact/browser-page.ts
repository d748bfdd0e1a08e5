import { createWasmBackend } from '../wasm/browser.ts';
import { trainingDigest } from './training-digest.ts';

/** What the test calls in the page. */
export interface DigestInPage {
  digestInPage(threads: number): Promise<{ sha256: string; loss: number; description: string }>;
}

(globalThis as unknown as DigestInPage).digestInPage = async (threads) => {
  const backend = await createWasmBackend({ threads, exact: true });
  const digest = await trainingDigest(backend);
  backend.close();
  return { ...digest, description: backend.description };
};
