const STEPS: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Lets the arrow keys go from price to price of a table; Home and End to a row's first and last, Enter to its event. */
export function moveFocus(event: KeyboardEvent, table: HTMLTableElement): void {
  const from = event.target instanceof Element ? event.target.closest("td[data-bookmaker]") : null;
  if (!(from instanceof HTMLTableCellElement) || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = goal(event.key, from, table);
  if (!to) return;
  event.preventDefault();
  if (event.key === "Enter") to.click();
  else to.focus();
}

function goal(key: string, from: HTMLTableCellElement, table: HTMLTableElement): HTMLElement | undefined {
  const row = from.closest("tr");
  if (!row) return undefined;
  const cells = [...row.querySelectorAll<HTMLElement>("td[data-bookmaker]")];
  if (key === "Home") return cells[0];
  if (key === "End") return cells.at(-1);
  if (key === "Enter") return from.closest("tbody")?.querySelector("a") ?? undefined;
  const step = STEPS[key];
  if (!step) return undefined;
  const [down, right] = step;
  const place = cells.indexOf(from) + right;
  if (down === 0) return cells[place];
  const rows = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr:not(.event)")];
  return rows[rows.indexOf(row) + down]?.querySelectorAll<HTMLElement>("td[data-bookmaker]")[place];
}
