// Speaks with a passkey for a form: what the page asks lies in the form, what the passkey answers is sent in it.
"use strict";
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const told = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const asked = JSON.parse(form.dataset.passkey).publicKey;
  const isNew = "user" in asked;
  asked.challenge = bytes(asked.challenge);
  if (isNew) {
    asked.user.id = bytes(asked.user.id);
    asked.excludeCredentials = withBytes(asked.excludeCredentials);
  } else {
    asked.allowCredentials = withBytes(asked.allowCredentials);
  }
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    form.querySelector("[role=alert]").hidden = true;
    try {
      const made = isNew
        ? await navigator.credentials.create({ publicKey: asked })
        : await navigator.credentials.get({ publicKey: asked });
      const response = { clientDataJSON: told(made.response.clientDataJSON) };
      for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
        if (made.response[name]) response[name] = told(made.response[name]);
      }
      form.elements.answer.value = JSON.stringify({
        id: made.id, rawId: told(made.rawId), type: made.type, response,
        clientExtensionResults: made.getClientExtensionResults(),
        authenticatorAttachment: made.authenticatorAttachment,
      });
      form.submit();
    } catch {
      form.querySelector("[role=alert]").hidden = false;
    }
  });
}
