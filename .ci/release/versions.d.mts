export function atVersion(manifest: string, version: string): string;
