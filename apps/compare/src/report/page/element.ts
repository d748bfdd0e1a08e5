type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with attributes and children; text is always text, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A table with a header row; numbers are aligned right, rows of failed runs are red. */
export function tableOf(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly Child[])[],
  failed: readonly boolean[] = [],
): HTMLTableElement {
  const head = header.map((name) => element('th', { scope: 'col' }, name));
  const body = rows.map((row, k) =>
    element(
      'tr',
      { class: failed[k] ? 'failed' : undefined },
      ...row.map((field) => element('td', { class: isNumeric(field) ? 'number' : undefined }, field)),
    ),
  );
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, caption),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}

const isNumeric = (field: Child): boolean =>
  (typeof field === 'string' ? field : (field?.textContent ?? '')).search(
    /^[<\d.,–-][\d.,\s±()<]*(MB|GB|kB|s|min|h)?[\d\s]*(s|min)?$/,
  ) === 0;
