/** What a target has to satisfy whatever runs there; see `guards.ts`. */
import { isAllowed } from '../environments/attached/address.ts';
import type { Guarded, Refusal, Rule } from './guards.ts';

export const targetRules = (target: Guarded): readonly Refusal[] =>
  [reachable, allowList, marker, pastTheProxy, ownRoles, notSuperuser].flatMap((rule) => rule(target));

type TargetRule = (target: Guarded) => readonly Refusal[];

const refusal = ({ settings }: Guarded, rule: Rule, message: string, hint: string): Refusal => ({
  ...{ rule, message, hint },
  at: settings.at,
});

const loginsOf = ({ logins }: Guarded) =>
  Object.entries(logins).flatMap(([use, login]) => (login === null ? [] : [{ use, login }]));

const reachable: TargetRule = (target) =>
  target.inspection.troubles.map(({ what, why }) =>
    refusal(
      target,
      'reachable',
      `${what}: ${why}`,
      `correct it in environments.${target.name} of gameday.yaml, or see to it that it answers from here`,
    ),
  );

const allowList: TargetRule = (target) => {
  const { name, settings } = target;
  const { hosts, databases } = settings.allow;
  return loginsOf(target).flatMap(({ use, login }) => {
    const { host, port, database } = login;
    const correct = (what: 'host' | 'database'): string =>
      `correct the connection string, or add the ${what} to environments.${name}.allow.${what}s`;
    const allowed = isAllowed(settings.allow, login);
    return [
      ...(allowed.host
        ? []
        : [`${use} leads to ${host}:${port}; environment "${name}" allows ${hosts.join(', ')}`].map((message) =>
            refusal(target, 'allow-list', message, correct('host')),
          )),
      ...(allowed.database
        ? []
        : [`${use} leads to database ${database}; environment "${name}" allows ${databases.join(', ')}`].map(
            (message) => refusal(target, 'allow-list', message, correct('database')),
          )),
    ];
  });
};

const marker: TargetRule = (target) => {
  const { name, logins, inspection } = target;
  const { server } = inspection;
  if (server === null) return [];
  const { database, host } = logins.operator;
  const how = `its owner runs: gameday env mark ${name}`;
  const refused = (message: string, hint = how): readonly Refusal[] => [refusal(target, 'marker', message, hint)];
  const { marker: found, cluster, standby } = server;
  if (standby) return refused(`${host} is a standby: nobody can mark it, or hold a lock there`, 'give its primary');
  if (found === null) return refused(`database ${database} at ${host} carries no marker: its owner has not opted in`);
  if (found.cluster !== cluster)
    return refused(
      `the marker of database ${database} is that of another cluster (${found.cluster}, this is ${cluster}): it came with a copy`,
    );
  return found.environment === name
    ? []
    : refused(`database ${database} is marked for environment "${found.environment}", not "${name}"`);
};

const pastTheProxy: TargetRule = (target) => {
  const { operator, service } = target.logins;
  if (target.settings.toxiproxy === undefined) return [];
  if (operator.host !== service.host || operator.port !== service.port) return [];
  const where = `${operator.host}:${operator.port}`;
  const message = `operator goes where the service goes, ${where}: a fault on the proxy would lock out its own undo`;
  return [refusal(target, 'past-the-proxy', message, 'give operator the address of PostgreSQL itself')];
};

/** Sessions are told apart by their role. */
const ownRoles: TargetRule = (target) => {
  const used = loginsOf(target);
  if (new Set(used.map(({ login }) => login.role)).size === used.length) return [];
  const who = used.map(({ use, login }) => `${use} is ${login.role}`).join(', ');
  const message = `${who}: who ends the sessions of one would end those of another`;
  const hint = `give each a role of its own; gameday env grants ${target.name} prints them`;
  return [refusal(target, 'own-roles', message, hint)];
};

const notSuperuser: TargetRule = (target) => {
  const neighbour = target.inspection.server?.neighbour ?? null;
  if (neighbour === null || (!neighbour.superuser && !neighbour.reservedSlots)) return [];
  const why = neighbour.superuser ? 'is a superuser' : 'may use reserved slots';
  const message = `${neighbour.role} holds connections, and ${why}: it would take the slots that are kept for help`;
  const hint = `give neighbour a role without rights; gameday env grants ${target.name} prints one`;
  return [refusal(target, 'not-superuser', message, hint)];
};
