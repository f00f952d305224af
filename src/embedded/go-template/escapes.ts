/** Texts made safe for where they are put, with exactly the characters that Go escapes there. */

/** `url.QueryEscape`: everything but letters, digits and `-_.~`; a space becomes `+`. */
export const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (character) => `%${character.codePointAt(0)!.toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

const htmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;',
}; // prettier-ignore

export const htmlEscape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => htmlEscapes[character] ?? character);

const jsEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\', "'": "\\'", '"': '\\"', '<': '\\u003C', '>': '\\u003E', '&': '\\u0026', '=': '\\u003D',
}; // prettier-ignore

export const jsEscape = (text: string): string =>
  text.replaceAll(/[\\'"<>&=]/g, (character) => jsEscapes[character] ?? character);
