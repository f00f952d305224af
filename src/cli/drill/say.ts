/** `gameday say`: one act of the responder from any shell, in the words of the drill's own command line. */
import { GamedayError } from '../../errors.ts';
import type { AddCommand } from '../command.ts';
import { helpAfter } from '../exit-codes.ts';
import { liveRun, playing } from '../project/live-runs.ts';

export const addSay: AddCommand = (program, run) => {
  program
    .command('say')
    .argument(
      '<words...>',
      'as in the drill: ack, focus, hyp, sev, lead, escalate, update, note, runbook, run, sql, logs, …',
    )
    .option('--run <run>', 'in this run, where several are going on')
    .option('--confirm <word>', 'the word that was asked for')
    .allowUnknownOption()
    .addHelpText(
      'after',
      helpAfter(
        [
          'gameday say ack',
          'gameday say hyp database/slow-query ruled-out because all queries are quick',
          'gameday say "sql select count(*) from pg_stat_activity"',
          'gameday say env restart postgres --confirm "restart postgres"',
        ],
        {
          0: 'done',
          2: 'the words are wrong, or were refused; nothing was done',
          3: 'no drill is going on, or it does not answer',
        },
      ),
    )
    .action(
      run(async (context, words: readonly string[], options: { run?: string; confirm?: string }) => {
        const { parseCommand } = await import('../../drill/command.ts');
        const { replyLines } = await import('../../screen/plain.ts');
        const { fetchBriefing, sendAction } = await import('../../screen/session-client.ts');
        const address = playing(liveRun(context, options.run));
        const briefing = await fetchBriefing(address, context.signal);
        // Which alerts have come is not known here: the conductor judges.
        const read = parseCommand(words.join(' '), { ...briefing, alerts: null });
        if (!read.ok) throw new GamedayError('USAGE', read.problems);
        const { confirm } = options;
        const action = confirm === undefined ? read.value : { ...read.value, confirm };
        const reply = await sendAction(address, action, context.signal);
        if (reply.type === 'refused')
          throw new GamedayError('USAGE', {
            message: reply.problem,
            ...(reply.hint === null ? {} : { hint: reply.hint }),
          });
        if (reply.type === 'confirm')
          throw new GamedayError('USAGE', {
            message: `nothing was done yet: ${reply.says}`,
            hint: `say it again with --confirm "${reply.word}"`,
          });
        context.terminal.out(replyLines(reply).join('\n'));
        return 0;
      }),
    );
};
