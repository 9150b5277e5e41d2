// The curve of an advisory, drawn by uPlot. It lives in a shadow tree, so that a live page can morph around it.
(() => {
  const isArabic = document.documentElement.lang === 'ar'
  const isRightToLeft = document.documentElement.dir === 'rtl'
  const locale = isArabic ? 'ar-LY-u-nu-latn' : 'en-GB'
  const number = new Intl.NumberFormat(locale)
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const exact = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const colours = ['--silent', '--safe', '--help'] // as the counts have them
  const dashes = [[], [], [6, 4]]
  const height = 260

  class Curve extends HTMLElement {
    static observedAttributes = ['data-curve']

    connectedCallback () {
      const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: this.dataset.sheet })
      this.place = document.createElement('div')
      this.attachShadow({ mode: 'open' }).append(sheet, this.place)
      sheet.addEventListener('load', () => this.draw())
      this.scheme = matchMedia('(prefers-color-scheme: dark)')
      this.scheme.addEventListener('change', () => this.draw())
      new ResizeObserver(() => this.chart?.setSize({ width: this.clientWidth, height })).observe(this)
    }

    attributeChangedCallback () {
      if (!this.chart) return
      this.read()
      this.chart.setData(this.columns)
    }

    read () {
      const { begun, most, columns } = JSON.parse(this.dataset.curve)
      const [seconds, ...lines] = columns
      this.columns = [seconds.map(second => begun + second), ...lines]
      this.range = [begun, begun + Math.max(most, 10)]
    }

    draw () {
      this.read()
      this.chart?.destroy()
      this.chart = new uPlot(this.options(), this.columns, this.place)
      this.chart.root.style.fontFamily = 'inherit'
      this.chart.root.querySelector('.u-legend').dir = document.documentElement.dir
      for (const marker of this.place.querySelectorAll('.u-marker')) marker.style.margin = '0 4px'
    }

    options () {
      const style = getComputedStyle(this)
      const [ink, line] = ['--soft', '--line'].map(name => style.getPropertyValue(name))
      const font = `13px ${getComputedStyle(document.body).fontFamily}`
      const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } }
      return {
        width: this.clientWidth,
        height,
        scales: {
          x: { time: true, dir: isRightToLeft ? -1 : 1, range: () => this.range },
          y: { range: (_chart, _least, most) => [0, Math.max(most, 1) * 1.05] }
        },
        axes: [
          { ...axis, space: 80, values: (_chart, ticks) => this.labels(ticks) },
          { ...axis, side: isRightToLeft ? 1 : 3, size: 70, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6], values: (_chart, ticks) => ticks.map(n => number.format(n)) }
        ],
        series: [
          { label: this.dataset.time, value: (_chart, second) => second == null ? '–' : exact.format(second * 1000) },
          ...JSON.parse(this.dataset.lines).map((label, at) => ({
            label,
            stroke: style.getPropertyValue(colours[at]),
            width: 2.5,
            dash: dashes[at],
            points: { show: false },
            value: (_chart, n) => n == null ? '–' : number.format(n)
          }))
        ],
        cursor: { drag: { x: false, y: false } },
        legend: { live: true }
      }
    }

    labels (ticks) {
      const [first, last] = this.range
      const shown = last - first > 86400 ? day : ticks.length > 1 && ticks[1] - ticks[0] < 60 ? exact : clock
      return ticks.map(tick => shown.format(tick * 1000))
    }
  }

  customElements.define('tammen-curve', Curve)
})()
