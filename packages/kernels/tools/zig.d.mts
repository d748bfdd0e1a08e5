export function findZig(): string | undefined;
export function zig(args: readonly string[], options?: object): Promise<void>;
