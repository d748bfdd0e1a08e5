export interface Packed {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
  readonly size: number;
  readonly unpackedSize: number;
}

export function packAll(destination: string): Promise<Packed[]>;
