/** Colours of the canvas as they are now, read from the tokens; read again when the theme changes. */
import { colour } from "../../ui/theme";

const TOKENS = [
  "--paper",
  "--ink",
  "--soft",
  "--link",
  "--line-strong",
  "--critical",
  "--sanctions",
  "--theft",
  "--ransom",
  "--mixer",
  "--exchange",
  "--service",
  "--neutral",
  "--untraced",
];

export type Inks = ReadonlyMap<string, string>;

export function readInks(): Inks {
  return new Map(TOKENS.map((name) => [name, colour(name)]));
}
