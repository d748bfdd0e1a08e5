const MOST = 30_000; // characters of an address that every browser takes

/** A text as it stands in an address: raw deflate in base64url; undefined when it is too long for one. */
export async function packText(text: string): Promise<string | undefined> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (bytes.length > MOST) return undefined;
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const packed = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return packed.length > MOST ? undefined : packed;
}

/** The text of an address; undefined when it is damaged. */
export async function unpackText(packed: string): Promise<string | undefined> {
  try {
    const bytes = Uint8Array.from(atob(packed.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return await new Response(stream).text();
  } catch {
    return undefined;
  }
}
