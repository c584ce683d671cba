/** The head of a page: its title, which is also the window's, and what can be done here. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

interface Props {
  title: string;
  /** Beside the title: marks, counts. */
  beside?: ComponentChildren;
  actions?: ComponentChildren;
}

export function PageHead({ title, beside, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · Headwater`;
  }, [title]);
  return (
    <header class="page-head">
      <h1>{title}</h1>
      {beside}
      {actions && <div class="actions">{actions}</div>}
    </header>
  );
}
