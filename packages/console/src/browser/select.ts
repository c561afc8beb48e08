/** A box that picks all, and buttons that wait until something is picked. Without this script the form works as well. */
const form = document.querySelector<HTMLFormElement>('form[data-selectable]')
const head = form?.querySelector('thead th')

if (form && head) {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('tbody input[type=checkbox]')]
  const buttons = [...form.querySelectorAll<HTMLButtonElement>('.buttons button')]
  const labels = buttons.map((button) => button.textContent)

  const all = document.createElement('input')
  all.type = 'checkbox'
  all.ariaLabel = 'Pick all on this page'
  head.replaceChildren(all)

  const update = () => {
    const picked = boxes.filter((box) => box.checked).length
    all.checked = picked === boxes.length
    all.indeterminate = picked > 0 && picked < boxes.length
    buttons.forEach((button, i) => {
      button.disabled = picked === 0
      button.textContent = picked === 0 ? labels[i]! : labels[i]!.replace('the picked', `${picked} picked`)
    })
  }

  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked
    update()
  })
  form.addEventListener('change', update)
  update()
}
