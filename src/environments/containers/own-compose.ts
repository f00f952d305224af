/**
 * What a team's own image changes in `docker-compose.yml`: a `service` in the place of the shop, a container for each command
 * that fills its database, and that its database has its own name. One more file for Compose, written anew when a variable
 * of the service is changed.
 */
import { Document } from 'yaml';
import type { CommandLine, OwnService, ServiceImage } from '../../documents/service-settings.ts';
import { literal } from './replica.ts';
import type { ServiceValues } from '../own-service/values.ts';

export type OwnCompose = {
  readonly settings: OwnService;
  readonly image: ServiceImage;
  readonly port: number;
  readonly values: ServiceValues;
  readonly variables: Readonly<Record<string, string>>;
  /** What is copied to where the service looks for its configuration. */
  readonly file: { readonly path: string; readonly text: string } | null;
};

/** Of the setup step with this index. */
export const setupName = (index: number): string => `setup-${index + 1}`;

export const ownComposeText = ({ settings, image, port, values, variables, file }: OwnCompose): string => {
  const { database } = settings;
  const container = {
    image: image.name,
    pull_policy: 'never', // it is the team's to bring: `findOwnImage` has looked
    environment: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, literal(value)])),
    healthcheck: { disable: true },
    ...(file === null ? {} : { configs: [{ source: 'service', target: file.path }] }),
  };
  const words = (command: CommandLine): CommandLine => escaped(values.words(command));
  const steps = database.setup.flatMap((step, index) =>
    'command' in step ? [[setupName(index), { ...container, ...instead(words(step.command)) }]] : [],
  );
  const document = new Document({
    services: {
      service: {
        ...container,
        ...(image.command === null ? {} : inPlace(words(image.command))),
        ports: [`\${REPLICA_ADDRESS}:\${SERVICE_PORT}:${port}`],
      },
      ...Object.fromEntries(steps),
      postgres: { environment: { POSTGRES_DB: database.name } },
      'postgres-exporter': { environment: { DATA_SOURCE_URI: `postgres:5432/${database.name}?sslmode=disable` } },
    },
    ...(file === null ? {} : { configs: { service: { content: literal(file.text) } } }),
  });
  for (const name of ['postgres-exporter', 'pager']) {
    const nothing = document.createNode([]);
    nothing.tag = '!reset';
    document.setIn(['services', name, 'depends_on'], nothing);
  }
  return document.toString({ lineWidth: 0 });
};

const escaped = (command: CommandLine): CommandLine =>
  typeof command === 'string' ? literal(command) : (command.map(literal) as [string, ...string[]]);

const shell = (line: string) => ({ entrypoint: ['/bin/sh', '-c'], command: [line] });

/** Of what the image itself runs, as `docker run` has it: a list goes to its entrypoint. */
const inPlace = (command: CommandLine) => (typeof command === 'string' ? shell(command) : { command });

/** Of everything that the image would run. */
const instead = (command: CommandLine) => {
  if (typeof command === 'string') return shell(command);
  const [program, ...given] = command;
  return { entrypoint: [program], command: given };
};
