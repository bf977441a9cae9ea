// Signs in at the platform, and lets nginx keep the token as a cookie that no script can read.

/** Where operators have pages: a link may lead nowhere else. */
const PAGES = /^\/(grafana|prometheus)\//;

const form = document.querySelector("form");
const told = document.querySelector("output");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told.textContent = "";
  try {
    told.textContent = await refusal(Object.fromEntries(new FormData(form)));
  } catch {
    told.textContent = "The platform cannot be reached";
  }
  if (told.textContent === "") location.assign(page());
});

/** Empty if the operator may go on. */
async function refusal(credentials) {
  const signedIn = await fetch("/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials),
  });
  const answer = await signedIn.json();
  if (!signedIn.ok) return answer.detail;
  const authorization = `Bearer ${answer.access_token}`;
  const kept = await fetch("/operator/session", { method: "PUT", headers: { authorization } });
  return kept.ok ? "" : "Only an administrator may go on";
}

function page() {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  return PAGES.test(to) ? to : "/grafana/";
}
