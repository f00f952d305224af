/**
 * Commander, with its messages in the one shape that all our messages have: what is wrong, and a next step. Help that was
 * asked for goes to standard output; a command that is missing or unknown is a mistake like any other.
 */
import { Command, type HelpContext } from 'commander';
import { suggestName } from '../documents/suggestion.ts';
import { GamedayError } from '../errors.ts';

export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  /** @throws {GamedayError} USAGE, where Commander would print and exit. */
  override error(message: string): never {
    const [what = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
    const meant = /^\(Did you mean (?:one of )?(?<names>.+)\?\)$/.exec(suggestion)?.groups?.['names'];
    throw new GamedayError('USAGE', {
      message: what.replace(/\.$/, ''),
      hint:
        meant === undefined
          ? `${pathOf(this)} --help shows what there is`
          : `did you mean "${meant.split(', ').join('" or "')}"?`,
    });
  }

  override help(context?: HelpContext | ((text: string) => string)): never {
    if (typeof context !== 'object' || !context.error) return super.help();
    // Commander also comes here where a command is missing, and from `help WORD`.
    const [, wanted] = this.args;
    const names = this.commands.map((command) => command.name());
    if (wanted !== undefined)
      throw new GamedayError('USAGE', {
        message: `there is no command "${wanted}"`,
        hint: suggestName(wanted, names),
      });
    if (this.parent === null) return super.help();
    throw new GamedayError('USAGE', {
      message: `${pathOf(this)} does not say what to do`,
      hint: `use one of: ${names.map((name) => `${pathOf(this)} ${name}`).join(', ')}`,
    });
  }
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
