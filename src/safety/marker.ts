/**
 * The opt-in of a database: its owner has written into its comment that gameday may break it on purpose. A comment changes
 * nothing for anybody who works there, everybody sees it (`\l+`), and only the owner can write it. It names the cluster by
 * its own identifier, so that a marker that was copied along with a dump or a comment counts nowhere else.
 */

export type Marker = { readonly environment: string; readonly cluster: string };

const line = ({ environment, cluster }: Marker): string =>
  `gameday may break this database on purpose (environment ${environment}, cluster ${cluster})`;

const marked =
  /^gameday may break this database on purpose \(environment (?<environment>\S+), cluster (?<cluster>\d+)\)$/m;

export const markerIn = (comment: string | null): Marker | null => {
  const { environment, cluster } = marked.exec(comment ?? '')?.groups ?? {};
  return environment === undefined || cluster === undefined ? null : { environment, cluster };
};

/** The comment with the marker below what else it says. */
export const withMarker = (comment: string | null, marker: Marker): string =>
  [withoutMarker(comment) ?? [], line(marker)].flat().join('\n');

/** What the comment says besides; null where that is nothing. */
export const withoutMarker = (comment: string | null): string | null => {
  const others = (comment ?? '').split('\n').filter((each) => !marked.test(each));
  return others.join('\n') === '' ? null : others.join('\n');
};

/** The one statement that sets a comment, or takes it away. */
export const commentSql = (database: string, comment: string | null): string => {
  const name = `"${database.replaceAll('"', '""')}"`;
  // A backslash is only a backslash, whatever standard_conforming_strings says.
  const text = comment === null ? 'NULL' : `E'${comment.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return `COMMENT ON DATABASE ${name} IS ${text}`;
};
