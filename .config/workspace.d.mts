export const ROOT: string;
export function projectFolders(): string[];
