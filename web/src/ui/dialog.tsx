/** A question in front of the page: the browser's own dialog, so that focus stays in it and Escape closes it. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  title: string;
  close: () => void;
  /** For what is a table. */
  isWide?: boolean;
  children: ComponentChildren;
}

/** Shown as long as it is there: `{isOpen.value && <Dialog …>}`. */
export function Dialog({ title, close, isWide = false, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog ref={element} class={isWide ? "wide" : ""} aria-labelledby={id} onClose={close}>
      <div class="form">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
