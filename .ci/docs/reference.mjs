/**
 * The API reference of all published packages, made of their docstrings by TypeDoc. An exported name without a docstring, or
 * a link in one that leads nowhere, is an error.
 *
 *     npm run docs [-- FOLDER]     into build/api by default
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Logger, LogLevel, TSConfigReader } from 'typedoc';
import { publishedFolders, ROOT, readManifest } from '../../.config/workspace.mjs';

/** Every name that can be imported, and the source file it stands for. */
function* entries() {
  for (const folder of publishedFolders()) {
    const { name, exports = {} } = readManifest(folder);
    for (const [path, conditions] of Object.entries(exports)) {
      const source = conditions['unroll-source'];
      const files = typeof source === 'object' ? source : { default: source };
      for (const [condition, file] of Object.entries(files))
        if (file)
          yield {
            name: `${name}${path.slice(1)}${condition === 'default' ? '' : ` (${condition})`}`,
            file: join(folder, file),
          };
    }
  }
}

/** Keeps what TypeDoc warns of. */
class Problems extends Logger {
  lines = [];

  log(message, level) {
    if (level >= LogLevel.Warn) this.lines.push(message);
  }
}

/**
 * Checks every docstring, and with a folder writes the reference there.
 *
 * @returns the number of documented names, and what is wrong, a line each
 */
export async function apiReference(folder) {
  const names = new Map([...entries()].map(({ name, file }) => [join(ROOT, file), name]));
  const app = await Application.bootstrap(
    {
      name: 'unroll',
      readme: 'none',
      entryPoints: [...names.keys()],
      tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
      basePath: ROOT,
      packagesRequiringDocumentation: [
        readManifest('.').name,
        ...publishedFolders().map((each) => readManifest(each).name),
      ],
      requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable', 'Method', 'Accessor'],
      validation: { notDocumented: true, invalidLink: true, notExported: false },
      excludePrivate: true,
      excludeExternals: true,
      skipErrorChecking: true, // the task `types` of each project does that
    },
    [new TSConfigReader()],
  );
  const problems = new Problems();
  app.logger = problems;
  const project = await app.convert();
  for (const module of project.children) module.name = names.get(module.sources[0].fullFileName) ?? module.name;
  app.validate(project);
  if (folder) await app.generateDocs(project, folder);
  return { names: project.children.flatMap(({ children }) => children).length, problems: problems.lines };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? join(ROOT, 'build/api'));
  const { names, problems } = await apiReference(folder);
  for (const line of problems) console.error(line);
  console.log(`${names} names of ${publishedFolders().length} packages in ${folder}/index.html`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
