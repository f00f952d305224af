/** `gameday env mark` and `unmark`: the opt-in of a database, given and taken back by its owner. */
import type { Command } from 'commander';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { CommandContext, RunAction } from '../command.ts';
import { exitCodes, helpAfter } from '../exit-codes.ts';

const codes = {
  0: 'done, or it was so before',
  2: exitCodes[2],
  3: exitCodes[3],
  6: 'not confirmed, or not by a person where it looks like production',
} as const;

type Options = { readonly yes?: boolean };

export const addEnvMark = (env: Command, run: RunAction): void => {
  const add = (word: 'mark' | 'unmark', description: string): void => {
    env
      .command(word)
      .argument('<name>', 'an environment of gameday.yaml')
      .description(description)
      .option('--yes', 'do not ask; not where it looks like production')
      .addHelpText('after', helpAfter([`gameday env ${word} staging`], codes))
      .action(
        run(async (context, name: string, options: Options) => {
          await setMarker(context, name, word === 'mark', options.yes === true);
          return 0;
        }),
      );
  };
  add('mark', "let gameday break this database on purpose, by a line in the database's comment");
  add('unmark', 'take that line away again');
};

const setMarker = async (context: CommandContext, name: string, marks: boolean, yes: boolean): Promise<void> => {
  const [{ guarded, openNamed }, { refusals }, { commentSql, withMarker, withoutMarker }, { asOperator }] =
    await Promise.all([
      import('./target.ts'),
      import('../../safety/guards.ts'),
      import('../../safety/marker.ts'),
      import('../../faults/operator.ts'),
    ]);
  const { terminal } = context;
  const target = await openNamed(context, await context.project(), name);
  const { logins, settings, inspection } = target;
  const { server } = inspection;
  const { operator } = logins;
  if (server === null) {
    const why = refusals(guarded(target), []).filter(({ rule }) => rule === 'reachable' || rule === 'allow-list');
    throw new GamedayError('REFUSED', why);
  }
  const { comment, cluster } = server;
  const wanted = marks ? withMarker(comment, { environment: name, cluster }) : withoutMarker(comment);
  const where = `database ${operator.database} at ${operator.host}:${operator.port}`;
  if (wanted === comment) {
    terminal.out(`${where} is ${marks ? '' : 'not '}marked; nothing to do.`);
    return;
  }
  const sql = commentSql(operator.database, wanted);
  terminal.err(explanation(marks, where, sql));
  if (!server.operator.owner)
    throw new GamedayError('ENVIRONMENT_FAILED', {
      message: `${operator.role} does not own ${where}, and only its owner may opt in`,
      at: settings.at,
      hint: `have its owner run: ${sql}`,
    });
  await confirmed(context, target, marks, yes);
  try {
    await asOperator(operator.url, (client) => client.query(sql));
  } catch (cause) {
    const message = `${where} could not be ${marks ? 'marked' : 'unmarked'}: ${reasonOf(cause)}`;
    throw new GamedayError('ENVIRONMENT_FAILED', { message, at: settings.at, hint: `run by hand: ${sql}` }, { cause });
  }
  terminal.out(`${where} is ${marks ? 'marked' : 'no longer marked'}.`);
};

const explanation = (marks: boolean, where: string, sql: string): string =>
  [
    marks
      ? `From then on gameday may inject faults into ${where}, within the rules of gameday.yaml.`
      : `From then on gameday refuses to inject anything into ${where}.`,
    "It is one line in the database's comment; what else stands there is kept. This is what runs:",
    '',
    `  ${sql};`,
    '',
  ].join('\n');

const confirmed = async (
  context: CommandContext,
  target: Parameters<typeof import('./target.ts').confirmProduction>[1],
  marks: boolean,
  yes: boolean,
): Promise<void> => {
  const { confirmProduction, guarded, typed } = await import('./target.ts');
  const { productionSigns } = await import('../../safety/guards.ts');
  // To take the permission back never hurts; to give it where it looks like production is for a person.
  if (marks && productionSigns(guarded(target)).length > 0)
    return confirmProduction(context, target, 'Marked, it may be broken on purpose.');
  if (yes) return;
  const { database } = target.logins.operator;
  const refused = (message: string, hint: string): GamedayError => new GamedayError('REFUSED', { message, hint });
  if (!context.terminal.face.inputIsTerminal)
    throw refused('nobody is there to confirm it', `run it at a terminal, or add --yes`);
  if ((await typed(context, 'Type the name of the database to go on: ')) !== database)
    throw refused('nothing was done', `type ${database}, the name of the database`);
};
