// Draws a circle or an area on a map and keeps the fields beside it in step, both ways. The fields alone are enough.
(() => {
  const fetched = new Map()
  const json = path => {
    if (!fetched.has(path)) fetched.set(path, fetch(path).then(answer => answer.json()))
    return fetched.get(path)
  }
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const plain = text => text.replace(/[٠-٩]/g, d => '٠١٢٣٤٥٦٧٨٩'.indexOf(d)).replace(/٫/g, '.')
  const numbers = text => (plain(text).match(/[-+]?\d+(\.\d+)?/g) || []).map(Number)
  const round = n => Math.round(n * 100) / 100
  const west = lon => ((lon + 180) % 360 + 360) % 360 - 180

  class Drawing {
    constructor (box) {
      this.box = box
      this.element = box.querySelector('.map')
      this.tools = box.querySelector('[data-tools]')
      this.says = this.tools.querySelector('[role=status]')
      this.fields = Object.fromEntries(['latitude', 'longitude', 'km', 'polygon'].map(name => [name, box.querySelector(`[data-${name}]`)]))
      this.mode = ''
      this.isCentred = false
      this.element.hidden = this.tools.hidden = false
      this.map = L.map(this.element, { attributionControl: false, zoomControl: false, zoomSnap: 0.5, maxZoom: 11, worldCopyJump: true }).setView([27, 22], 3)
      L.control.zoom({ zoomInTitle: this.element.dataset.zoomIn, zoomOutTitle: this.element.dataset.zoomOut }).addTo(this.map)
      this.shapes = L.layerGroup().addTo(this.map)
      this.places = L.layerGroup().addTo(this.map)
      this.map.on('click', event => this.click(event.latlng))
      this.map.on('moveend', () => this.name())
      this.tools.addEventListener('click', event => event.target.dataset.mode && this.choose(event.target.dataset.mode))
      for (const field of Object.values(this.fields)) {
        field.addEventListener('input', () => this.draw())
        field.addEventListener('change', () => this.look()) // typed, not drawn
      }
      this.draw()
      this.look()
      this.ground()
    }

    async ground () {
      const atlas = await json(this.element.dataset.countries)
      const style = { color: colour('--soft'), weight: 0.7, fillColor: colour('--brand-wash'), fillOpacity: 1 }
      L.geoJSON(topojson.feature(atlas, atlas.objects.countries), { style, interactive: false }).addTo(this.map).bringToBack()
      this.cities = await json(this.element.dataset.cities)
      this.name()
    }

    // The larger cities in view, so that one knows where one is: more of them the nearer one looks.
    name () {
      if (!this.cities) return
      this.places.clearLayers()
      const view = this.map.getBounds()
      const least = 2e6 / 2 ** Math.max(0, this.map.getZoom() - 4)
      const named = []
      for (const [lat, lon, city, people] of this.cities) { // the largest come first, and names do not cover each other
        if (people < least || named.length === 30 || !view.contains([lat, lon])) continue
        const point = this.map.latLngToContainerPoint([lat, lon])
        if (named.some(other => Math.abs(other.x - point.x) < 70 && Math.abs(other.y - point.y) < 20)) continue
        named.push(point)
        L.circleMarker([lat, lon], { radius: 2.5, color: colour('--ink'), weight: 1, fillOpacity: 1, interactive: false })
          .bindTooltip(city, { permanent: true, direction: 'top', className: 'city' }).addTo(this.places)
      }
    }

    choose (mode) {
      if (mode === 'clear') for (const name of Object.keys(this.fields)) this.write(name, '')
      this.mode = mode === 'clear' || mode === this.mode ? '' : mode
      this.isCentred = false
      for (const button of this.tools.querySelectorAll('[aria-pressed]')) button.setAttribute('aria-pressed', button.dataset.mode === this.mode)
      this.says.textContent = this.mode === 'circle' ? this.says.dataset.saysCircle : this.mode ? this.says.dataset.saysPolygon : ''
      this.element.classList.toggle('drawing', !!this.mode)
      this.draw()
    }

    click ({ lat, lng }) {
      const [latitude, longitude] = [round(lat), round(west(lng))]
      if (this.mode === 'polygon') {
        const before = this.fields.polygon.value.trim()
        this.write('polygon', `${before}${before ? '\n' : ''}${latitude}, ${longitude}`)
      } else if (this.mode === 'circle' && this.isCentred) {
        const metres = this.map.distance(this.centre(), [lat, west(lng)])
        this.write('km', Math.min(2000, Math.max(1, Math.round(metres / 1000))))
        this.isCentred = false
      } else if (this.mode === 'circle') {
        this.write('latitude', latitude)
        this.write('longitude', longitude)
        if (!this.fields.km.value) this.write('km', 25)
        this.isCentred = true
      }
      this.draw()
    }

    write (name, value) {
      this.fields[name].value = value
      this.fields[name].dispatchEvent(new Event('input', { bubbles: true })) // the preview follows
    }

    centre () {
      const found = [...numbers(this.fields.latitude.value), ...numbers(this.fields.longitude.value)]
      return found.length === 2 ? found : null
    }

    corners () {
      return this.fields.polygon.value.split(/[\n;؛]+/).map(numbers).filter(corner => corner.length === 2)
    }

    draw () {
      this.shapes.clearLayers()
      const style = { color: colour('--help'), weight: 2, fillOpacity: 0.2, interactive: false }
      const [centre, [km], corners] = [this.centre(), numbers(this.fields.km.value), this.corners()]
      if (centre) L.circleMarker(centre, { ...style, radius: 3 }).addTo(this.shapes)
      if (centre && km > 0) L.circle(centre, { ...style, radius: km * 1000 }).addTo(this.shapes)
      for (const corner of corners) L.circleMarker(corner, { ...style, radius: 4, fillOpacity: 1 }).addTo(this.shapes)
      if (corners.length > 1) L.polygon(corners, style).addTo(this.shapes)
    }

    look () {
      const [centre, corners] = [this.centre(), this.corners()]
      const km = numbers(this.fields.km.value)[0] || 25
      if (centre) this.map.fitBounds(L.latLng(centre).toBounds(4000 * km), { maxZoom: 8 })
      else if (corners.length > 1) this.map.fitBounds(corners, { padding: [30, 30] })
    }
  }

  const drawn = new WeakMap()
  function open (box) {
    if (!box.open) return
    if (drawn.has(box)) drawn.get(box).map.invalidateSize()
    else drawn.set(box, new Drawing(box))
  }
  for (const box of document.querySelectorAll('details[data-drawing]')) {
    box.addEventListener('toggle', () => open(box))
    open(box)
  }
})()
