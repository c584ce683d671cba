/** Sending a file, told as it goes: what `fetch` cannot tell. */
import { Problem, problemOf, signedOut } from "./client";

/** Post a file as it is; `tell` gets the share that has been sent. Throws Problems. */
export function upload<T>(address: string, file: Blob, tell: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("content-type", "text/csv");
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("X-Headwater-Request", "1");
    request.upload.onprogress = (event) => event.lengthComputable && tell(event.loaded / event.total);
    request.onerror = () => reject(new Problem(0, "No answer", "The connection broke. Send the file again.", [], ""));
    request.onload = () => {
      if (request.status === 401) signedOut.value = true;
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as T);
      else reject(problemOf(body, new Response(null, { status: request.status })));
    };
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
