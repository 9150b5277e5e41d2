// What a password field and a passkey need: show what is typed, and ask the browser for a passkey.
(() => {
  for (const button of document.querySelectorAll('[data-show]')) {
    button.hidden = false
    button.addEventListener('click', () => {
      const field = document.getElementById(button.dataset.show)
      const isHidden = field.type === 'password'
      field.type = isHidden ? 'text' : 'password'
      button.setAttribute('aria-pressed', String(isHidden))
    })
  }

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0))
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

  function readable (options) {
    options.challenge = bytes(options.challenge)
    if (options.user) options.user.id = bytes(options.user.id)
    for (const name of ['excludeCredentials', 'allowCredentials']) {
      for (const credential of options[name] ?? []) credential.id = bytes(credential.id)
    }
    return options
  }

  function sendable (credential) {
    const response = {}
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (credential.response[name]) response[name] = text(credential.response[name])
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response })
  }

  async function ask (button) {
    const form = button.closest('form')
    const publicKey = readable(JSON.parse(button.dataset.options))
    const failure = form.querySelector('[data-failure]')
    if (failure) failure.hidden = true
    try {
      const credential = await navigator.credentials[button.dataset.passkey]({ publicKey })
      form.elements.proof_passkey.value = sendable(credential)
      form.noValidate = true
      form.requestSubmit()
    } catch {
      if (failure) failure.hidden = false // it was cancelled, or there is none here
    }
  }

  for (const button of document.querySelectorAll('[data-passkey]')) {
    if (!window.PublicKeyCredential) continue
    button.hidden = false
    button.addEventListener('click', () => ask(button))
  }
})()
