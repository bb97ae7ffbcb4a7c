// An address that carries the laboratory's settings: `11_alexnet_live.html#lab=optimiser:Adam,rate:0.001`.

export const LINK = "#lab=";

/** What differs from the first settings, as the end of an address. */
export function linkOf(settings, first) {
  const parts = Object.keys(settings).filter((name) => settings[name] !== first[name]);
  return LINK + parts.map((name) => `${name}:${encodeURIComponent(settings[name])}`).join();
}

/** What somebody has written who encodes more of an address than we do, or less. */
function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** The settings in the end of an address. Throws Error with the part that is none. */
export function settingsOf(link, choices) {
  const parts = decoded(link.slice(LINK.length)).split(",").filter(Boolean);
  return Object.fromEntries(parts.map((part) => {
    const [, name, written] = part.match(/^(\w+):(.*)$/) ?? [];
    const [, values = []] = choices.find(([known]) => known === name) ?? [];
    const at = values.findIndex((value) => String(value) === written);
    if (at < 0) throw new Error(part);
    return [name, values[at]];
  }));
}
