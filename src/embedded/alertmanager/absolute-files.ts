/** alertmanager.yml as it can be read from another folder: the files that it names keep their places. */
import { resolve } from 'node:path';
import { isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';

const namesFile = /^(?:url|routing_key)_file$/;

/** @param folder To which the files are relative. */
export const withAbsoluteFiles = (text: string, folder: string): string => {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text; // the server says what is wrong, and where
  const written = document.toString({ lineWidth: 0 });
  makeAbsolute(document, folder);
  const absolute = document.toString({ lineWidth: 0 });
  return absolute === written ? text : absolute;
};

export const makeAbsolute = (document: Document, folder: string): void => {
  const templates = isMap(document.contents) ? document.get('templates') : undefined;
  if (isSeq(templates))
    for (const item of templates.items) if (isScalar(item)) item.value = resolve(folder, String(item.value));
  visit(document, (_, node) => {
    if (!isPair(node) || !isScalar(node.key) || !isScalar(node.value)) return;
    if (namesFile.test(String(node.key.value))) node.value.value = resolve(folder, String(node.value.value));
  });
};
