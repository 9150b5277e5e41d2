// What the pages cannot do by themselves: times in the reader's own zone, and a search in the countries picker.
(() => {
  // Forms show and read times by this clock; without the cookie they say that they use Tripoli's.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone) document.cookie = `tammen_zone=${zone}; path=/; max-age=31536000; samesite=lax`

  const locale = document.documentElement.lang === 'ar' ? 'ar-LY-u-nu-latn' : 'en-GB'
  const clock = new Intl.DateTimeFormat(locale, {
    day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'
  })

  function localise (root) {
    for (const time of root.querySelectorAll('time[datetime]')) {
      const shown = clock.format(new Date(time.dateTime))
      if (time.textContent !== shown) time.textContent = shown
    }
  }

  const fold = text => text.normalize('NFKD').replace(/[\u064b-\u0652\u0654\u0655\u0670]|\p{M}/gu, '')
    .replace(/[أإآٱ]/g, 'ا').replace(/ى/g, 'ي').replace(/ة/g, 'ه').toLowerCase().trim()

  function find (input) {
    const wanted = fold(input.value)
    for (const choice of input.closest('[data-picker]').querySelectorAll('.choice')) {
      const isChosen = choice.querySelector('input').checked
      choice.hidden = !isChosen && !fold(choice.textContent).includes(wanted)
    }
  }

  document.addEventListener('input', event => { if (event.target.matches('[data-find]')) find(event.target) })
  document.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target.matches('[data-find]')) event.preventDefault()
  })
  document.addEventListener('htmx:after:request', event => {
    if (event.detail.ctx.response?.raw.status === 401) location.reload() // the session has ended: ask to sign in
  })
  document.addEventListener('htmx:sse:error', event => {
    if (event.detail.status === 401) location.reload() // so it has while the stream was coming back
  })
  document.addEventListener('htmx:after:swap', () => localise(document))
  localise(document)
})()
