import { render } from "preact";
import { App } from "./app";
import { followLinks, match } from "./router";
import { ROUTES } from "./routes";
import { askMe } from "./session/me";
import "./style/tokens.css";
import "./style/base.css";
import "./style/frame.css";
import "./style/parts.css";
import { listenToKeys } from "./ui/keys";
import { applyTheme } from "./ui/theme";

applyTheme();
followLinks((path) => ROUTES.some((one) => match(one.pattern, path)));
listenToKeys();
void askMe().finally(() => {
  const root = document.getElementById("app");
  if (root) render(<App />, root);
});
