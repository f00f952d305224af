/** What a service of a team's own is told: its commands and variables, with the placeholders filled in. */
import { filled, type Placeholders } from '../../documents/service-placeholders.ts';
import type { CommandLine, OwnService, Variables } from '../../documents/service-settings.ts';
import { GamedayError, reasonOf } from '../../errors.ts';
import type { DatabaseAccess } from '../service.ts';

export type ServiceValues = {
  /** @throws {GamedayError} USAGE for a variable of the caller's that is not set. */
  readonly words: (command: CommandLine) => CommandLine;
  /** @param changed In the place of those of gameday.yaml. */
  readonly variables: (changed: Variables) => Readonly<Record<string, string>>;
};

type Where = { readonly access: DatabaseAccess } & Pick<Placeholders, 'port' | 'serviceUrl' | 'configFile'>;

export const serviceValues = ({ env }: OwnService, { access, ...where }: Where): ServiceValues => {
  const values: Placeholders = {
    ...where,
    ...{ databaseUrl: access.url, databaseHost: access.host, databasePort: String(access.port) },
    ...{ databaseUser: access.user, databasePassword: access.password, databaseName: access.user },
  };
  const fill = (text: string): string => {
    try {
      return filled(text, values, process.env);
    } catch (cause) {
      const hint = 'set it where gameday is started, or write its value into gameday.yaml';
      throw new GamedayError('USAGE', { message: `gameday.yaml: ${reasonOf(cause)}`, hint }, { cause });
    }
  };
  return {
    words: (command) => (typeof command === 'string' ? fill(command) : (command.map(fill) as [string, ...string[]])),
    variables: (changed) =>
      Object.fromEntries(Object.entries({ ...env, ...changed }).map(([name, value]) => [name, fill(String(value))])),
  };
};
