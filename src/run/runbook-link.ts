/** From an alert's `runbook_url` to a file of this project: the way a responder would take, and no other. */

export type RunbookLink =
  | { readonly found: true; readonly file: string; readonly anchor: string | null }
  | { readonly found: false; readonly reason: string };

/**
 * Understands a path of the project (`runbooks/X.md`) and a forge's address of a file in a branch or tag
 * (`https://HOST/OWNER/REPO/blob/REF/runbooks/X.md`, GitLab's `/-/blob/`, Gitea's `/src/branch/`).
 *
 * @param exists Whether the project has that file.
 */
export const resolveRunbook = (url: string | undefined, exists: (file: string) => boolean): RunbookLink => {
  if (url === undefined || url.trim() === '') return { found: false, reason: 'the alert has no runbook_url' };
  const [address = '', anchor = null] = url.trim().split('#', 2);
  const file = filePath(address);
  if (file === undefined) return { found: false, reason: `${url} is not an address of a file in this project` };
  if (file.split('/').includes('..')) return { found: false, reason: `${url} leads out of the project` };
  if (!file.endsWith('.md')) return { found: false, reason: `${url} is not a Markdown file` };
  return exists(file) ? { found: true, file, anchor } : { found: false, reason: `${file} does not exist` };
};

const filePath = (address: string): string | undefined => {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) return address.replace(/^\.?\//, '');
  return /^https?:\/\/[^/]+\/.+?\/(?:-\/)?(?:blob|raw|src\/branch|src\/tag)\/[^/]+\/(?<file>.+)$/.exec(address)
    ?.groups?.['file'];
};
