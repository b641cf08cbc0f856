// The only place that makes elements. Text goes in as textContent, never as markup.

const NAMES = new Set(["id", "type", "role", "title", "tabindex", "for", "value", "open", "disabled", "scope", "colspan"]);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (NAMES.has(key) || key.startsWith("aria-") || key.startsWith("data-")) node.setAttribute(key, String(value));
    else throw new Error(`attribute ${key} is not allowed`);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function clear(node) {
  while (node.firstChild) node.firstChild.remove();
  return node;
}

// Text of a record between two of our own words: kept apart from the direction of its neighbours.
export const isolated = (text) => el("bdi", { text });
