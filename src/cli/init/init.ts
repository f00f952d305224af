/** `gameday init`: from a command that starts a service to a first true verdict about it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readProjectSettings } from '../../documents/project-settings.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { AddCommand, CommandContext } from '../command.ts';
import { helpAfter } from '../exit-codes.ts';
import type { GivenAnswers } from './answers.ts';
import type { NewFile } from './files.ts';

type Options = GivenAnswers & { readonly dryRun?: boolean; readonly verify: boolean };

const several = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

export const addInit: AddCommand = (program, run) => {
  program
    .command('init')
    .argument('[folder]', 'where your service is', '.')
    .option('--command <line>', 'what starts the service, e.g. "npm start"')
    .option('--image <name>', 'the image of your service, for --env containers; with a --command or without')
    .option('--database-url-env <name>', "the variable that holds its database's URL (DATABASE_URL)")
    .option('--port-env <name>', 'the variable that holds the port it listens on (PORT)')
    .option('--setup <file>', 'SQL that creates its tables; may be repeated', several)
    .option('--health <path>', 'where it says that it is well; unless given, an open port is enough')
    .option('--metrics <path>', 'where it answers Prometheus')
    .option('--route <route>', `what people ask it for, e.g. 'POST /users {"name":"Ada"}'; may be repeated`, several)
    .option('--dry-run', 'print what would be written, and write nothing')
    .option('--no-verify', 'do not run gameday verify at the end')
    .addHelpText(
      'after',
      helpAfter([
        'gameday init',
        "gameday init --command 'npm start' --health /health --route 'GET /users' --dry-run",
        'gameday init --image shop-api:1 --health /health',
        "gameday init shop --command 'node server.js' --database-url-env DB_URL --setup db/schema.sql",
      ]),
    )
    .action(
      run(async (context, folder: string, { dryRun, verify, ...given }: Options) => {
        const { out } = context.terminal;
        const root = resolve(program.opts<{ directory: string }>().directory, folder);
        const files = await filesFor(context, root, given);
        const isThere = ({ file }: NewFile): boolean => existsSync(join(root, file));
        const missing = files.filter((each) => !isThere(each));
        const kept = files.filter(isThere).map(({ file }) => `kept  ${file}`);
        if (dryRun === true) {
          out([...missing.map(({ file, text }) => `# ${'-'.repeat(78)}\n# ${file}\n${text}`), ...kept].join('\n'));
          return 0;
        }
        for (const each of missing) write(root, each);
        out([...missing.map(({ file }) => `wrote ${file}`), ...kept].join('\n'));
        return verify ? verified(context, root) : 0;
      }),
    );
};

/** Everything that is wrong with the answers is said before the first file is written. */
const filesFor = async (
  { terminal }: CommandContext,
  root: string,
  given: GivenAnswers,
): Promise<readonly NewFile[]> => {
  const [{ answersFor }, { newFiles }, { serviceFileProblems }] = await Promise.all([
    import('./answers.ts'),
    import('./files.ts'),
    import('../project/service-files.ts'),
  ]);
  const files = newFiles(await answersFor(root, given, terminal));
  for (const { file, text } of files.filter((each) => each.file === 'gameday.yaml')) {
    const read = readProjectSettings({ file, text });
    const problems = read.ok
      ? read.value.service === undefined
        ? []
        : serviceFileProblems(read.value.service, root)
      : read.problems;
    if (problems.length > 0) throw new GamedayError('USAGE', problems);
  }
  return files;
};

/** Never over a file that is there, not even one that has come since we looked. */
const write = (root: string, { file, text }: NewFile): void => {
  const path = join(root, file);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    const message = `${path} cannot be written: ${reasonOf(cause)}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message, hint: 'make its folder writable' }, { cause });
  }
};

const verified = async (context: CommandContext, root: string): Promise<number> => {
  const [{ experimentName }, { openProject }, { replicaOf }, { verifyEach }] = await Promise.all([
    import('./files.ts'),
    import('../project/project.ts'),
    import('../project/replicas.ts'),
    import('../verify-runs.ts'),
  ]);
  const { terminal, env, signal } = context;
  terminal.err(`\ngameday: verifying ${experimentName}; later: gameday verify`);
  const project = openProject(root, env['GAMEDAY_HOME']);
  return verifyEach(
    context,
    project,
    [experimentName],
    { proof: 'single', speed: 30, seed: 1, replica: replicaOf(project, undefined) },
    signal,
  );
};
