/** Signing in, and replacing a password that somebody else has made. */
import { useSignal } from "@preact/signals";
import { Field } from "../ui/fields";
import { useSubmit } from "../ui/submit";
import { changePassword, me, signIn } from "./me";

export function Login() {
  return (
    <main class="login">
      <h1>Headwater</h1>
      {me.value?.must_change_password ? <OwnPassword /> : <SignIn />}
    </main>
  );
}

function SignIn() {
  const name = useSignal("");
  const password = useSignal("");
  const { onSubmit, isBusy, failure } = useSubmit(() => signIn(name.value, password.value));
  return (
    <form aria-label="Sign in" onSubmit={onSubmit}>
      <Field label="Name" value={name} autocomplete="username" required />
      <Field label="Password" value={password} type="password" autocomplete="current-password" required />
      <button type="submit" class="main" disabled={isBusy}>
        Sign in
      </button>
      {failure}
    </form>
  );
}

function OwnPassword() {
  const current = useSignal("");
  const next = useSignal("");
  const { onSubmit, isBusy, failure } = useSubmit(() => changePassword(current.value, next.value));
  return (
    <form aria-label="Choose a password of your own" onSubmit={onSubmit}>
      <h2>Choose a password of your own</h2>
      <Field
        label="The password you signed in with"
        value={current}
        type="password"
        autocomplete="current-password"
        required
      />
      <Field
        label="New password, 12 characters or more"
        value={next}
        type="password"
        autocomplete="new-password"
        required
      />
      <button type="submit" class="main" disabled={isBusy}>
        Change the password
      </button>
      {failure}
    </form>
  );
}
