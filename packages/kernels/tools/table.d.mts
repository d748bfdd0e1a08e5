export function readKernelTable(): {
  name: string;
  returnsNumber: boolean;
  arguments: { name: string; type: string }[];
}[];
