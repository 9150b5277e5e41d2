// The phones in the browser: newest message in sight, an empty line after sending, and a place from list, map or device.
(() => {
  const atEnd = new WeakMap()
  const isNearEnd = log => log.scrollHeight - log.scrollTop - log.clientHeight < 120
  const toEnd = log => { log.scrollTop = log.scrollHeight }
  const logs = () => document.querySelectorAll('.log')
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

  function localise () {
    for (const time of document.querySelectorAll('.stamp time')) {
      const shown = clock.format(new Date(time.dateTime))
      if (time.textContent !== shown) time.textContent = shown
    }
  }

  document.addEventListener('htmx:before:swap', () => logs().forEach(log => atEnd.set(log, isNearEnd(log))))
  document.addEventListener('htmx:after:swap', () => {
    localise()
    logs().forEach(log => { if (atEnd.get(log)) toEnd(log) })
  })
  document.addEventListener('htmx:after:request', event => {
    const form = event.target
    if (!(form instanceof HTMLFormElement)) return
    form.closest('dialog')?.close()
    const device = form.closest('.device') ?? document.querySelector('.device.chat')
    const hasArrived = event.detail.ctx.response?.raw.ok === true
    device.querySelector('.lost').hidden = hasArrived
    if (hasArrived && form.matches('.composer')) form.reset()
    toEnd(device.querySelector('.log'))
    device.querySelector('.composer input[type=text]').focus({ preventScroll: true })
  })

  document.addEventListener('htmx:error', event => {
    const device = event.target instanceof HTMLFormElement && event.target.closest('.device')
    if (device) device.querySelector('.lost').hidden = false
  })

  const dialog = document.getElementById('places')
  const [latitude, longitude] = ['latitude', 'longitude'].map(name => dialog.querySelector(`[name=${name}]`))
  const map = dialog.querySelector('[data-map]')
  const pin = dialog.querySelector('.pin')
  const refused = dialog.querySelector('[data-refused]')

  function point () {
    const [lat, lon] = [Number(latitude.value), Number(longitude.value)]
    pin.hidden = !latitude.value || !longitude.value || Math.abs(lat) > 85
    pin.style.left = `${(lon + 180) / 3.6}%`
    pin.style.top = `${(85 - lat) / 1.45}%`
  }

  function set (lat, lon) {
    latitude.value = Number(lat).toFixed(4)
    longitude.value = Number(lon).toFixed(4)
    refused.hidden = true
    point()
  }

  document.addEventListener('click', event => {
    if (event.target.closest('[data-open]')) dialog.showModal()
    if (event.target.closest('[data-close]')) dialog.close()
    if (!event.target.closest('[data-device]')) return
    navigator.geolocation.getCurrentPosition(
      at => set(at.coords.latitude, at.coords.longitude), () => { refused.hidden = false }, { timeout: 8000 })
  })
  dialog.querySelector('[data-city]').addEventListener('change', event => set(...event.target.value.split(',')))
  map.addEventListener('click', event => {
    const box = map.getBoundingClientRect()
    set(85 - (event.clientY - box.top) / box.height * 145, (event.clientX - box.left) / box.width * 360 - 180)
  })
  dialog.addEventListener('input', point)

  localise()
  logs().forEach(toEnd)
})()
